"""A dossier as one package of the archive law: built, read again, judged; every form from one model."""
