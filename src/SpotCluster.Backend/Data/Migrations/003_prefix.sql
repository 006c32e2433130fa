-- Every table of ours has a prefix: a database may hold those of the original beside them.
ALTER TABLE clients RENAME TO sc_clients;
ALTER TABLE agents RENAME TO sc_agents;
ALTER TABLE agent_tokens RENAME TO sc_agent_tokens;
ALTER TABLE instances RENAME TO sc_instances;
ALTER TABLE instance_tags RENAME TO sc_instance_tags;
ALTER TABLE instance_transitions RENAME TO sc_instance_transitions;
ALTER TABLE claims RENAME TO sc_claims;
ALTER TABLE replicas RENAME TO sc_replicas;
ALTER TABLE switches RENAME TO sc_switches;
ALTER TABLE cleanups RENAME TO sc_cleanups;
ALTER TABLE scheduler_lease RENAME TO sc_scheduler_lease;
ALTER TABLE events RENAME TO sc_events;
ALTER TABLE audit RENAME TO sc_audit;
