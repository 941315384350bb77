"""The command line in a process that shares out weights with others (FSDP), on a CPU.

Started by `accelerate launch` with a configuration of FSDP, which accelerate heeds on GPUs only: here it takes the CPU
for one. All that comes after is as on GPUs, but for gloo in the place of NCCL. The first argument is the step after
whose checkpoint all processes are killed, 0 for none; the others are the command's.
"""

import os
import signal
import sys

import torch
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType
from transformers import Trainer

from sommelier.cli import main

begun, saved, last = AcceleratorState.__init__, Trainer._save_checkpoint, int(sys.argv.pop(1))


def shared_out(self, *args, fsdp_plugin=None, **kwargs):
    begun(self, *args, fsdp_plugin=fsdp_plugin, **kwargs)
    if fsdp_plugin is not None:
        self.distributed_type, self.fsdp_plugin = DistributedType.FSDP, fsdp_plugin
        PartialState._shared_state["distributed_type"] = DistributedType.FSDP


def and_die(self, *args, **kwargs):
    saved(self, *args, **kwargs)
    if self.state.global_step == last:
        weights = list(self.model.parameters())
        held = sum(each.to_local().numel() for each in weights) / sum(each.numel() for each in weights)
        sys.stdout.write(f"holds {held:.0%}\n")
        sys.stdout.flush()
        torch.distributed.barrier()
        os.kill(os.getpid(), signal.SIGKILL)


AcceleratorState.__init__, Trainer._save_checkpoint = shared_out, and_die
main()
