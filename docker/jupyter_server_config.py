"""How Jupyter runs in the container. The port is published by whoever starts it."""

c = get_config()  # noqa: F821

c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0  # the health check and the published port know one port only
c.ServerApp.open_browser = False
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}

# The kernel of a new notebook.
c.MultiKernelManager.default_kernel_name = "cliplab"

# Nobody reads the output of a kernel without its key, where kernel and client can encrypt.
c.KernelManager.transport_encryption = "auto"
