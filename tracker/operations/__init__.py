"""What whoever runs the site needs: is it ready, what does it do, its backup and its restoring."""
