// What holders of locks say to the resource that the lock is for, and what it answers.

import { isMaybe, isNumber, isObject, isOneOf, isText } from '../../contract/shape.ts';
import type { MessageShapes } from '../../contract/shape.ts';
import type { TxId } from '../../contract/ids.ts';

/** `token`: of a lock that is fenced; `lock`: of one that is registered. */
export interface Read {
  readonly word: 'read';
  readonly about: TxId;
  readonly key: string;
  readonly token?: number | undefined;
  readonly lock?: string | undefined;
}
export interface Write {
  readonly word: 'write';
  readonly about: TxId;
  readonly key: string;
  readonly value: number;
  readonly token?: number | undefined;
  readonly lock?: string | undefined;
  /** Only where nothing was written since this version was read. */
  readonly ifVersion?: number | undefined;
}
export interface Value {
  readonly word: 'value';
  readonly about: TxId;
  readonly value: number;
  /** How often it was written. */
  readonly version?: number | undefined;
}
export interface Written {
  readonly word: 'written';
  readonly about: TxId;
}
/** The resource has seen a greater token, another lock, or another version: what was asked for was not done. */
export interface Stale {
  readonly word: 'stale';
  readonly about: TxId;
}

export type ToResource = Read | Write;
export type ToHolder = Value | Written | Stale;

const about = isText<TxId>;

export const TO_RESOURCE: MessageShapes<ToResource> = {
  read: isObject<Read>({
    word: isOneOf('read'),
    about,
    key: isText,
    token: isMaybe(isNumber),
    lock: isMaybe(isText<string>),
  }),
  write: isObject<Write>({
    word: isOneOf('write'),
    about,
    key: isText,
    value: isNumber,
    token: isMaybe(isNumber),
    lock: isMaybe(isText<string>),
    ifVersion: isMaybe(isNumber),
  }),
};

export const TO_HOLDER: MessageShapes<ToHolder> = {
  value: isObject<Value>({ word: isOneOf('value'), about, value: isNumber, version: isMaybe(isNumber) }),
  written: isObject<Written>({ word: isOneOf('written'), about }),
  stale: isObject<Stale>({ word: isOneOf('stale'), about }),
};
