<?php
/**
 * What a page of an export is asked for.
 *
 * @package IGNY8
 */

/**
 * The parameters of "GET posts" and "GET taxonomies".
 */
class IGNY8_Export_Query {

	/**
	 * The last id seen.
	 *
	 * @var int
	 */
	public $after;

	/**
	 * How many items at most.
	 *
	 * @var int
	 */
	public $limit;

	/**
	 * Only these ids, or null for all.
	 *
	 * @var int[]|null
	 */
	public $ids;

	/**
	 * Whether the total is wanted.
	 *
	 * @var bool
	 */
	public $is_counted;

	/**
	 * What is wanted of each item: hashes, links, or an empty text for all of it.
	 *
	 * @var string
	 */
	public $fields;

	/**
	 * Takes the parameters.
	 *
	 * @param IGNY8_Request $request Request.
	 * @throws IGNY8_Exception When more whole items are asked for than a page may have.
	 */
	public function __construct( $request ) {
		$this->fields     = $request->get_param( 'fields' );
		$this->after      = $request->get_param( 'after' );
		$this->limit      = $request->get_param( 'limit' );
		$this->is_counted = $request->get_param( 'count' );
		$this->ids        = $request->get_param( 'ids' );
		if ( '' === $this->fields ) {
			IGNY8_Arguments::integer( (string) $this->limit, 'limit', 0, 1, IGNY8_Routes::ITEMS_AT_MOST );
		}
	}

	/**
	 * Conditions on a column of ids.
	 *
	 * @param string $column Column.
	 * @return string SQL of numbers alone.
	 */
	public function conditions( $column ) {
		$after = $column . ' > ' . $this->after;
		return null === $this->ids ? $after : $after . " AND $column IN (" . implode( ',', $this->ids ) . ')';
	}
}
