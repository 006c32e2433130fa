// A filter of a describe.

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class Filter : IQueryStructure
{
    public string Name { get; set; } = "";
    public List<string> Values { get; set; } = [];

    public void Write(QueryWriter w)
    {
        w.Add("Name", Name);
        w.Add("Value", Values);
    }
}
