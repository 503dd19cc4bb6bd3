"""Whatever changes a mailbox, its addresses, its domain or its template. One file for each noun's life."""
