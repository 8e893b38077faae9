"""What is sent by e-mail, and what sending needs: the queue, tokens in links, throttles."""
