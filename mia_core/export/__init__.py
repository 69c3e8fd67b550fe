"""Recorded sessions in the formats of other programs: one file for each format, `exporters` knows them all."""
