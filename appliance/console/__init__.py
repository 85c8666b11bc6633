"""What a person sees in a browser: the status page and its API."""
