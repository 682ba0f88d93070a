export const root: string;
export function built(options?: { always?: boolean }): Promise<boolean>;
