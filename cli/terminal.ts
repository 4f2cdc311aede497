// What a command may touch of the world outside.

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** In which the command was typed. */
  readonly folder: string;
  readonly interrupted: AbortSignal;
  /** Tells whether a run is under way, which decides what Ctrl-C does. */
  readonly onRunning: (now: boolean) => void;
  /** A command has begun whose words are a verdict or a measurement: whoever closes its pipe ends it. */
  readonly onMeasuring: () => void;
}
