"""What nobody can see: customers, the economy, health, phases, and the true PD that follows."""
