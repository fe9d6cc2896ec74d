"""The supervisor's wall: figures first, then the cases behind them."""
