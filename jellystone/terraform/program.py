"""`terraform-provider-jellystone`: what Terraform starts, speaks to over a socket, and stops again.

It prints one line that says where it listens. As every such program it lets Ctrl-C pass: Terraform gets it, too, and
waits for what is under way. It ends when it is told to, and when Terraform is gone.
"""

import os
import signal
import sys
import tempfile
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jellystone import __version__

COOKIE = "TF_PLUGIN_MAGIC_COOKIE"
THREADS = 64  # more than any sensible -parallelism
HELP = """This is Jellystone's provider for Terraform and OpenTofu: they start it, people do not.
Lay it out with `jellystone terraform install`, and then run `terraform init`."""


def main() -> None:
    if "--version" in sys.argv[1:]:
        print(f"terraform-provider-jellystone {__version__}")
        return
    if not os.environ.get(COOKIE):
        sys.exit(HELP)
    try:
        import grpc  # noqa: F401
        import tf.provider  # noqa: F401
    except ImportError as missing:
        sys.exit(f"The provider needs the package {missing.name}: install jellystone[terraform].")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve()


def serve() -> None:
    import grpc
    from tf.gen import grpc_controller_pb2_grpc, grpc_stdio_pb2_grpc, tfplugin_pb2_grpc

    from jellystone.terraform.certificate import self_signed
    from jellystone.terraform.protocol import Controller, Output, Servicer
    from jellystone.terraform.provider import JellystoneProvider

    terraform, ended = os.getppid(), threading.Event()
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with ThreadPoolExecutor(THREADS) as pool, tempfile.TemporaryDirectory(prefix="jellystone") as folder:
        server: Any = grpc.server(pool, options=unlimited)
        tfplugin_pb2_grpc.add_ProviderServicer_to_server(Servicer(JellystoneProvider()), server)
        grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(ended), server)
        grpc_stdio_pb2_grpc.add_GRPCStdioServicer_to_server(Output(), server)
        socket, certificate = Path(folder, "provider.sock"), self_signed()
        pair = [(certificate.key, certificate.pem)]
        server.add_secure_port(f"unix://{socket}", grpc.ssl_server_credentials(pair))
        server.start()
        print("1", "6", "unix", socket, "grpc", b64encode(certificate.der).decode().rstrip("="), sep="|", flush=True)
        while not ended.wait(1) and os.getppid() == terraform:
            pass
        server.stop(grace=0.5).wait()


if __name__ == "__main__":
    main()
