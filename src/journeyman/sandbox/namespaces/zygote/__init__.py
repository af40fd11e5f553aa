"""What runs apart from the agent: started once, forks one process tree per command. Standard library only."""
