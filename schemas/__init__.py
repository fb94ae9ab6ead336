"""What good data looks like: fields, layouts, rules, problems and the tables at rest."""
