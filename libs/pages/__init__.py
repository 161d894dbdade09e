"""What pages of every service are made of: forms of commands, drawn from what a service offers."""
