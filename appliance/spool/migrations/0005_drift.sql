-- How the captures of a scanner change: per side and measure a slow baseline and what the last pages gave.
-- square is the variance about the baseline's mean.
CREATE TABLE drift (
  device TEXT NOT NULL,
  serial TEXT NOT NULL,
  side TEXT NOT NULL,
  measure TEXT NOT NULL,
  pages INTEGER NOT NULL,
  mean REAL NOT NULL,
  square REAL NOT NULL,
  recent REAL NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (device, serial, side, measure)
) STRICT, WITHOUT ROWID;
