export const most: number;
export function firstLoad(dist: string): { path: string; bytes: number }[];
