/** Stands in every manifest and export; raised whenever the same seed may give another result. */
export const codeVersion = '0.2.0';
