"""The knowledge base of the statutes, built once for all workers and opened by each."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from knowledge import KnowledgeBase, open_knowledge


@pytest.fixture(scope="session")
def knowledge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with corpus and index, shared by the workers of this run."""
    folder = tmp_path_factory.getbasetemp().parent / "fatong-knowledge"
    with FileLock(f"{folder}.lock"):
        open_knowledge(folder, model_dir=folder / "no-model")
    return folder


@pytest.fixture(scope="session")
def knowledge_base(knowledge_folder: Path) -> KnowledgeBase:
    """The statutes and our entries, searched by words alone."""
    return open_knowledge(knowledge_folder, model_dir=knowledge_folder / "no-model")
