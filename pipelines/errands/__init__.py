"""What people and CI ask for around the stages: each file is a command of `bonitas`, or the words that one prints."""
