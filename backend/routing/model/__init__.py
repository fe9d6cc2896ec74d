"""The rules, the evaluator and the decision: pure, every day an argument."""
