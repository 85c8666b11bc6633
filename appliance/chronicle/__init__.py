"""Work, told to the journal: a line of JSON for each sheet, document and package, with lasting ids."""
