"""Plugin of the pytest that runs nbval on one notebook: no TCP ports for its kernel either."""

import functools

import nbval.kernel
from jupyter_client.manager import KernelManager

from tools.notebooks.execution import private_sockets

nbval.kernel.KernelManager = functools.partial(KernelManager, config=private_sockets())
