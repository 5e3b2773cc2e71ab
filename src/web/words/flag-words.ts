/** How a setting of the node is called and explained; without `what` and `fallback` the node's own words stand. */
export interface FlagWords {
  readonly label: string
  readonly what?: string
  readonly fallback?: string
}
