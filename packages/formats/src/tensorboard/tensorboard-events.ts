import { encodeRecord } from './encode-record.ts';
import { bytesField, doubleField, floatField, joinBytes, varintField } from './protobuf.ts';

/** The first record of a TensorBoard event file (`…tfevents…`). `wallTime` in seconds since 1970. */
export function tensorboardHeader(wallTime: number): Uint8Array {
  return encodeRecord(
    joinBytes([
      doubleField(eventFields.wallTime, wallTime),
      bytesField(eventFields.fileVersion, 'brain.Event:2'),
    ]),
  );
}

export interface TensorboardScalars {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** By tag: `train/loss`, … Kept as 32-bit floats. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** One record with scalars of one step: an `Event` whose `Summary` has a `simple_value` for each tag. */
export function tensorboardScalars({ wallTime, step, scalars }: TensorboardScalars): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(
      summaryValue,
      joinBytes([bytesField(valueFields.tag, tag), floatField(valueFields.simpleValue, value)]),
    ),
  );
  return encodeRecord(
    joinBytes([
      doubleField(eventFields.wallTime, wallTime),
      varintField(eventFields.step, step),
      bytesField(eventFields.summary, joinBytes(values)),
    ]),
  );
}

/** Field numbers of tensorflow's event.proto and summary.proto. */
const eventFields = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const summaryValue = 1;
const valueFields = { tag: 1, simpleValue: 2 } as const;
