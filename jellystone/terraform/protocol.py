"""Terraform's protocol, version 6: `tf`'s servicer with what it leaves out.

- What is removed from the configuration returns to its default. `tf` plans from the proposed state alone, in which
  Terraform keeps the former value of everything that could be computed.
- A value of which only the beginning is known, say, is not known.
- Destroying is planned, too, so that what is protected is refused before anything is destroyed.
- A value in another spelling is planned as it is, so that nothing is said to change.
- Values that follow from the configuration, such as ids, are known while planning.
- A state written before an attribute was added is filled up.
- Interrupting (StopProvider) lets what is under way come to its end: its result belongs into the state.
"""

import json
import threading
from collections.abc import Iterator
from typing import Any, cast

from tf import utils
from tf.gen import grpc_controller_pb2 as controller_pb
from tf.gen import grpc_controller_pb2_grpc as controller
from tf.gen import grpc_stdio_pb2_grpc as stdio
from tf.gen import tfplugin_pb2 as pb
from tf.provider import ProviderServicer
from tf.types import Unknown
from tf.utils import Diagnostics, read_dynamic_value, to_dynamic_value

from jellystone.terraform.kinds import Field, Spelling
from jellystone.terraform.resource import Noun

PARTLY_UNKNOWN = 12  # the type of cty's values that says how one begins, or that it is not null
otherwise = utils._msgpack_ext_hook


def read(code: int, data: bytes) -> Any:
    """Since Terraform 1.6 `"app_${each.key}"` is partly unknown while the configuration is validated."""
    return Unknown if code == PARTLY_UNKNOWN else otherwise(code, data)


utils._msgpack_ext_hook = read  # where `tf` reads values; it knows those only of which nothing is known


class Servicer(ProviderServicer):
    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        response = super().GetProviderSchema(request, context)
        response.server_capabilities.plan_destroy = True
        response.server_capabilities.get_provider_schema_optional = True
        return response

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Also called where the version is the same."""
        noun, state = self._noun(request.type_name), json.loads(request.raw_state.json)
        diagnostics = Diagnostics()
        upgraded = noun.brought_up(request.version, state, diagnostics)
        return pb.UpgradeResourceState.Response(
            upgraded_state=to_dynamic_value(upgraded), diagnostics=diagnostics.to_pb()
        )

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802
        noun = self._noun(request.type_name)
        prior, proposed = read_dynamic_value(request.prior_state), read_dynamic_value(request.proposed_new_state)
        diagnostics = Diagnostics()
        if proposed is None:
            noun.plan_end(prior or {}, diagnostics)
            return pb.PlanResourceChange.Response(diagnostics=diagnostics.to_pb())
        if prior is None:
            planned = noun.plan_beginning(proposed)
            return pb.PlanResourceChange.Response(planned_state=to_dynamic_value(planned))
        config = read_dynamic_value(request.config) or {}
        for field in noun.fields:
            if config.get(field.name) is None and field.optional and field.computed and field.default is not Unknown:
                proposed[field.name] = field.default
            if isinstance(field.type, Spelling) and same(field, prior, proposed):
                proposed[field.name] = prior[field.name]
        request.proposed_new_state.CopyFrom(to_dynamic_value(proposed))
        response = super().PlanResourceChange(request, context)
        if response.requires_replace:
            noun.plan_end(prior, diagnostics)
            response.diagnostics.extend(diagnostics.to_pb())
        return response

    def StopProvider(self, request: Any, context: Any) -> Any:  # noqa: N802
        return pb.StopProvider.Response()

    def _noun(self, type_name: str) -> Noun:
        return cast("Noun", self.app.new_resource(self._get_res_cls(type_name)))


def same(field: Field, prior: dict[str, Any], proposed: dict[str, Any]) -> bool:
    return bool(field.type.semantically_equal(prior.get(field.name), proposed.get(field.name)))


class Controller(controller.GRPCControllerServicer):
    def __init__(self, ended: threading.Event) -> None:
        self.ended = ended

    def Shutdown(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.ended.set()
        return controller_pb.Empty()


class Output(stdio.GRPCStdioServicer):
    """What we print: nothing, but Terraform asks for it."""

    def StreamStdio(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        return iter(())
