"""What the API serves of rows, read in few statements: the rows of several tables come in one, without a join to people.

A row that was given here is served and nothing else: what belongs to it hangs on it as plain lists.
"""
