"""The knowledge base: dated law, checked entries, and one cited answer for every channel."""

from knowledge.answering.knowledge_base import KnowledgeBase
from knowledge.answering.opening import open_knowledge

__all__ = ["KnowledgeBase", "open_knowledge"]
