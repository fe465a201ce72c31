from .gate import Door
