"""The two formats of apps, and what is asked of each."""

from typing import TypeAlias

from compiler.formats.ksonnet.app import KsonnetApp
from compiler.model.app import App

AnyApp: TypeAlias = App | KsonnetApp
