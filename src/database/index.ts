export {
  CHANNELS,
  type Database,
  type DatabaseAddress,
  type Listening,
  type Queryable,
  type Transaction,
} from "./database.js";
