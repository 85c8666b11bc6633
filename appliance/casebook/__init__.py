"""What helpers from outside may see of a host: facts and figures, no papers, persons or secrets."""
