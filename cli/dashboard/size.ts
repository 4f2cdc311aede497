// How large a terminal must be for the dashboard.

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export const MIN_SIZE: Size = { columns: 80, rows: 24 };

export function fits({ columns, rows }: Size): boolean {
  return columns >= MIN_SIZE.columns && rows >= MIN_SIZE.rows;
}
