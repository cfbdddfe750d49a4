"""What the user is told: values made by the passes, drawn by `terminal`, printed by the command line."""
