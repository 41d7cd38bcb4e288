<?php
/**
 * What a page of an export is asked for.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * The parameters of "GET posts" and "GET taxonomies", checked.
 */
class IGNY8_Export_Query {

	const ITEMS_AT_MOST  = 500;
	const HASHES_AT_MOST = 5000;
	const IDS_AT_MOST    = 100;

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
	 * Reads the parameters.
	 *
	 * @param IGNY8_Request $request    Request.
	 * @param bool          $has_fields Whether hashes or links may be asked for.
	 * @throws IGNY8_Exception When one of them will not do.
	 */
	public function __construct( $request, $has_fields ) {
		$this->fields = $request->parameter( 'fields' );
		if ( '' !== $this->fields && ( ! $has_fields || ! in_array( $this->fields, array( 'hashes', 'links' ), true ) ) ) {
			throw self::bad( 'fields', __( 'Only the hashes or the links of posts can be asked for.', 'igny8' ) );
		}
		$most             = '' === $this->fields ? self::ITEMS_AT_MOST : self::HASHES_AT_MOST;
		$this->after      = self::number( $request, 'after', 0, 0, PHP_INT_MAX );
		$this->limit      = self::number( $request, 'limit', self::ITEMS_AT_MOST, 1, $most );
		$this->is_counted = 1 === self::number( $request, 'count', 0, 0, 1 );
		$this->ids        = self::read_ids( $request->parameter( 'ids' ) );
	}

	/**
	 * The post types that are asked for.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return string[]
	 * @throws IGNY8_Exception When one is unknown.
	 */
	public static function types( $request ) {
		$names = array_filter( explode( ',', $request->parameter( 'types' ) ), 'strlen' );
		if ( array() === $names ) {
			return array_values( array_filter( IGNY8_Content_Types::enabled(), 'post_type_exists' ) );
		}
		foreach ( $names as $name ) {
			if ( ! post_type_exists( $name ) ) {
				/* translators: %s: post type. */
				throw self::bad( 'types', sprintf( __( 'This site has no post type “%s”.', 'igny8' ), $name ) );
			}
		}
		return array_values( array_unique( $names ) );
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

	/**
	 * A whole number.
	 *
	 * @param IGNY8_Request $request  Request.
	 * @param string        $name     Parameter.
	 * @param int           $missing  Value when it is not sent.
	 * @param int           $smallest Smallest.
	 * @param int           $largest  Largest.
	 * @return int
	 * @throws IGNY8_Exception When it is something else.
	 */
	private static function number( $request, $name, $missing, $smallest, $largest ) {
		$text = $request->parameter( $name );
		if ( '' === $text ) {
			return $missing;
		}
		$number = preg_match( '/^[0-9]{1,18}\z/', $text ) ? (int) $text : -1;
		if ( $number < $smallest || $number > $largest ) {
			/* translators: 1: parameter, 2: smallest number, 3: largest number. */
			throw self::bad( $name, sprintf( __( '%1$s has to be a number from %2$s to %3$s.', 'igny8' ), $name, $smallest, $largest ) );
		}
		return $number;
	}

	/**
	 * A list of ids.
	 *
	 * @param string $text Ids with commas.
	 * @return int[]|null
	 * @throws IGNY8_Exception When it is something else, or too long.
	 */
	private static function read_ids( $text ) {
		if ( '' === $text ) {
			return null;
		}
		$ids = preg_match( '/^[0-9]{1,18}(,[0-9]{1,18})*\z/', $text ) ? array_unique( array_map( 'intval', explode( ',', $text ) ) ) : array();
		if ( array() === $ids || count( $ids ) > self::IDS_AT_MOST ) {
			/* translators: %d: number. */
			throw self::bad( 'ids', sprintf( __( 'ids has to be a list of at most %d ids with commas.', 'igny8' ), self::IDS_AT_MOST ) );
		}
		return $ids;
	}

	/**
	 * The error of a parameter.
	 *
	 * @param string $field   Parameter.
	 * @param string $message Sentence.
	 * @return IGNY8_Exception
	 */
	private static function bad( $field, $message ) {
		return new IGNY8_Exception( 'BAD_REQUEST', $message, 400, null, array( 'field' => $field ) );
	}
}
