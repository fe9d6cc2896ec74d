"""Measuring the knowledge base, and answering many questions at once."""

from knowledge.evaluation.batch import ask_batch
from knowledge.evaluation.faq import evaluate_faq
from knowledge.evaluation.retrieval import evaluate_retrieval
from knowledge.evaluation.topics import evaluate_topics

__all__ = ["ask_batch", "evaluate_faq", "evaluate_retrieval", "evaluate_topics"]
