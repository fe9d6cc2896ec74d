"""The data directory: everything the program writes lies under it."""

from __future__ import annotations

from pathlib import Path

from backend.kernel.errors import WrongSetting
from backend.settings import Settings


def prepare_data_dir(settings: Settings) -> Path:
    """Make the data directory; raises `WrongSetting` when it cannot be written."""
    folder = settings.data_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise WrongSetting(
            f"数据目录 {folder} 不能写：{error.strerror}。请换一个目录或改权限。",
            where="FATONG_DATA_DIR",
        ) from error
    return folder
