"""Names, arguments, tables, shapes, symbols and eras: the ground floor, without torch."""
