-- A poll asks for what its own agent has marked, and a claim lapses for its own agent: neither looks at the rest of the fleet.
CREATE INDEX instances_waiting ON sc_instances (agent_id, terminated_at, marked_at);
CREATE INDEX claims_by_agent_status ON sc_claims (agent_id, status, lease_until);
