"""The events of a case told otherwise than line by line: what changed since somebody looked, and the chapters of the timeline."""
