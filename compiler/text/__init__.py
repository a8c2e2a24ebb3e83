"""Texts of files: read with positions, edited without touching what must stay."""
