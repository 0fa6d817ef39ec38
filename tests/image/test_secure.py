"""The chain to every block of the root: what is changed anywhere in a slot is noticed."""
import json
import os
import random

import disk
import verity
from verity_reader import BLOCK, Reader

SOAK = bool(os.environ.get('PROVOST_SOAK'))
FLIPS = 500


def flip(data, at, chance):
    data[at] ^= 1 << chance.randrange(8)


def test_a_flipped_byte_anywhere_in_a_slot_is_noticed_when_it_is_read(say):
    """500 random blocks of root and hash tree, one byte each."""
    seed = int(os.environ.get('PROVOST_SEED') or random.SystemRandom().randrange(1 << 30))
    chance = random.Random(seed)
    facts = json.loads(disk.SLOT_FACTS.read_text())
    sealed = verity.Verity(facts['root_hash'], facts['salt'], facts['blocks'])
    data = bytearray(disk.SLOT.read_bytes())
    reader = Reader(data, *sealed)
    assert len(data) == reader.end * BLOCK, f'the slot has {len(data)} bytes, its tree ends at {reader.end * BLOCK}'
    assert all(reader.is_good(number) for number in range(sealed.blocks)), 'the slot as it was made is not what was signed'
    assert verity.verify(disk.SLOT, sealed) == '', 'veritysetup does not accept the slot as it was made'
    say(f'{sealed.blocks} blocks are what was signed')
    noticed, in_tree = 0, 0
    for number in chance.sample(range(reader.end), FLIPS):
        at = number * BLOCK + chance.randrange(BLOCK)
        kept = data[at]
        flip(data, at, chance)
        in_tree += number >= sealed.blocks
        noticed += not reader.is_good(reader.data_block_under(number))
        data[at] = kept
    assert noticed == FLIPS, f'seed {seed}: {noticed} of {FLIPS} flipped bytes were noticed'
    changed = disk.IMAGE / 'flipped'
    try:
        for number in chance.sample(range(reader.end), FLIPS // 10 if SOAK else 10):
            at = number * BLOCK + chance.randrange(BLOCK)
            kept = data[at]
            flip(data, at, chance)
            changed.write_bytes(data)
            data[at] = kept
            assert verity.verify(changed, sealed) != '', f'seed {seed}: veritysetup accepts a slot with byte {at} flipped'
    finally:
        changed.unlink(missing_ok=True)
    return f'{noticed} of {FLIPS}, {in_tree} of them in the hash tree; seed {seed}'
