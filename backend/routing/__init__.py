"""Which door a dispute should take, on which day, by which article, and why not another."""
