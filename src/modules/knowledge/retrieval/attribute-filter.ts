export type AttributeValue = string | number | boolean;

/** Which documents a search looks at, by what clients keep with them. */
export type AttributeFilter =
  | {
      readonly type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly key: string;
      readonly value: AttributeValue;
    }
  | {
      readonly type: 'in' | 'nin';
      readonly key: string;
      readonly value: readonly AttributeValue[];
    }
  | { readonly type: 'and' | 'or'; readonly filters: readonly AttributeFilter[] };
