"""Makes small SentencePiece models and what the reference implementation says about them.

    pip install sentencepiece==0.2.2 protobuf && python make-fixtures.py

Writes NAME.model beside this file, and cases.json: {NAME: {"encode": [{text, ids, decoded}], "decode": [{ids, text}]}}.
"""

import io
import json
import pathlib
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

HERE = pathlib.Path(__file__).parent
WORDS = (
    "the a robin robins bird birds red brown sings sang song garden gardens in on of and nest nests egg eggs "
    "blue small smaller smallest winter summer spring tree trees naïve café Straße Ωmega 12 345 2024 x = y + z ; "
    "{ } ( ) // return if else for while ### Response: Instruction: don't can't it's 3.14 🦌"
).split()
COMMON = dict(
    model_type="bpe",
    hard_vocab_limit=False,
    split_digits=True,
    normalization_rule_name="identity",
    minloglevel=2,
)
MODELS = {
    # LLaMA's settings.
    "llama-like": dict(byte_fallback=True, remove_extra_whitespaces=False, allow_whitespace_only_pieces=True),
    "user-defined": dict(
        byte_fallback=True,
        remove_extra_whitespaces=False,
        user_defined_symbols=["<turn>", "<turn>>", "\u2581\u2581", "\u2581\u2581\u2581\u2581", "ob"],
        control_symbols=["<pad>"],
    ),
    "without-bytes": dict(byte_fallback=False, remove_extra_whitespaces=True),
    "without-prefix": dict(byte_fallback=True, remove_extra_whitespaces=False, add_dummy_prefix=False),
    "across-words": dict(byte_fallback=True, remove_extra_whitespaces=False, split_by_whitespace=False),
    "unused": dict(byte_fallback=True, remove_extra_whitespaces=False),
}


def texts(random_):
    glue = [" ", "  ", "    ", "\n", "\n\n", "\t", "", "\u2581", "<turn>", "<turn>>", "<s>", "<0x41>", "中", "\u0000", "\ufeff"]
    weights = [40, 3, 3, 4, 2, 1, 4, 1, 2, 1, 1, 1, 2, 1, 1]
    fixed = ["", " ", "  ", "a", " a", "a ", "\n", "\u2581", "\u2581a", "</s><s><unk>", "<0x0A>", "🦌🦌", "é\u0301", "zq"]
    return fixed + [
        "".join(
            part
            for _ in range(random_.randrange(1, 14))
            for part in (random_.choice(WORDS), random_.choices(glue, weights)[0])
        )
        for _ in range(36)
    ]


def main():
    random_ = random.Random(1)
    corpus = [
        " ".join(random_.choice(WORDS) + random_.choice(["", "", "", "  ", "\n    "]) for _ in range(12)) for _ in range(800)
    ]
    cases = {}
    for name, options in MODELS.items():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus), model_writer=model, vocab_size=440, **{**COMMON, **options}
        )
        proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
        if name == "unused":
            for piece in proto.pieces[300::7]:
                if piece.type == 1 and len(piece.piece) > 2:
                    piece.type = 5
        proto.trainer_spec.ClearField("input")
        data = proto.SerializeToString()
        (HERE / f"{name}.model").write_bytes(data)
        processor = sentencepiece.SentencePieceProcessor(model_proto=data)
        encode = [
            {"text": text, "ids": processor.encode(text), "decoded": processor.decode(processor.encode(text))}
            for text in texts(random_)
        ]
        size = processor.get_piece_size()
        lists = [[], [1], [0], [1, 0, 2], [0, 0]] + [
            [random_.choice([random_.randrange(size), random_.randrange(min(size, 270))]) for _ in range(random_.randrange(1, 12))]
            for _ in range(40)
        ]
        decode = [{"ids": ids, "text": processor.decode(ids)} for ids in lists]
        cases[name] = {"encode": encode, "decode": decode}
    (HERE / "cases.json").write_text(json.dumps(cases, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
