"""Works out the reports of a large record beforehand: which, when and how. It changes no row but its own."""
