"""What runs the connectors on other machines; docs/deployment.md."""
