<?php
/**
 * The parameters of the routes.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * The checks that the table of routes names: each takes a parameter as text, empty when it was not sent, and returns
 * its value.
 */
class IGNY8_Arguments {

	/**
	 * Checks the parameters of a route.
	 *
	 * @param array<string,array<int,mixed>> $args   Checks by name, as the table of routes has them.
	 * @param array<string,string>           $params Parameters of the query.
	 * @return array<string,mixed> Values of the parameters that the route has.
	 * @throws IGNY8_Exception When one of them will not do.
	 */
	public static function check( $args, $params ) {
		$values = array();
		foreach ( $args as $name => $arg ) {
			$check           = array_shift( $arg );
			$values[ $name ] = self::$check( isset( $params[ $name ] ) ? $params[ $name ] : '', $name, ...$arg );
		}
		return $values;
	}

	/**
	 * An id of the app.
	 *
	 * @param string $text Text.
	 * @param string $name Parameter.
	 * @return string
	 */
	private static function app_id( $text, $name ) {
		return IGNY8_Payload::id( $text, $name );
	}

	/**
	 * Any text.
	 *
	 * @param string $text Text.
	 * @return string
	 */
	private static function text( $text ) {
		return $text;
	}

	/**
	 * A whole number.
	 *
	 * @param string $text    Text.
	 * @param string $name    Parameter.
	 * @param int    $missing Value when it is not sent.
	 * @param int    $minimum Smallest.
	 * @param int    $maximum Largest.
	 * @return int
	 * @throws IGNY8_Exception When it is something else.
	 */
	public static function integer( $text, $name, $missing, $minimum, $maximum ) {
		if ( '' === $text ) {
			return $missing;
		}
		$number = preg_match( '/^[0-9]{1,18}\z/', $text ) ? (int) $text : -1;
		if ( $number < $minimum || $number > $maximum ) {
			/* translators: 1: parameter, 2: smallest number, 3: largest number. */
			throw self::invalid_argument( $name, sprintf( __( '%1$s has to be a number from %2$s to %3$s.', 'igny8' ), $name, $minimum, $maximum ) );
		}
		return $number;
	}

	/**
	 * Yes or no: 1, or 0 or nothing.
	 *
	 * @param string $text Text.
	 * @param string $name Parameter.
	 * @return bool
	 */
	private static function boolean( $text, $name ) {
		return 1 === self::integer( $text, $name, 0, 0, 1 );
	}

	/**
	 * What is wanted of each item; nothing stands for all of it.
	 *
	 * @param string $text      Text.
	 * @param string $name      Parameter.
	 * @param string ...$fields What the route has.
	 * @return string
	 * @throws IGNY8_Exception When it is something else.
	 */
	private static function fields( $text, $name, ...$fields ) {
		if ( '' !== $text && ! in_array( $text, $fields, true ) ) {
			throw self::invalid_argument( $name, __( 'Only the hashes or the links of posts can be asked for.', 'igny8' ) );
		}
		return $text;
	}

	/**
	 * Ids of WordPress, with commas.
	 *
	 * @param string $text    Text.
	 * @param string $name    Parameter.
	 * @param int    $maximum How many at most.
	 * @return int[]|null Null when it is not sent.
	 * @throws IGNY8_Exception When it is something else, or too long.
	 */
	private static function ids( $text, $name, $maximum ) {
		if ( '' === $text ) {
			return null;
		}
		$ids = preg_match( '/^[0-9]{1,18}(,[0-9]{1,18})*\z/', $text ) ? array_unique( array_map( 'intval', explode( ',', $text ) ) ) : array();
		if ( array() === $ids || count( $ids ) > $maximum ) {
			/* translators: 1: parameter, 2: number. */
			throw self::invalid_argument( $name, sprintf( __( '%1$s has to be a list of at most %2$d ids with commas.', 'igny8' ), $name, $maximum ) );
		}
		return $ids;
	}

	/**
	 * Ids of events, with commas.
	 *
	 * @param string $text    Text.
	 * @param string $name    Parameter.
	 * @param int    $maximum How many at most.
	 * @return string[]
	 * @throws IGNY8_Exception When it is something else, or too long.
	 */
	private static function event_ids( $text, $name, $maximum ) {
		$ids = array_filter( explode( ',', $text ), 'strlen' );
		if ( count( $ids ) > $maximum || array() !== preg_grep( '/^[0-9a-f]{32}\z/', $ids, PREG_GREP_INVERT ) ) {
			/* translators: 1: parameter, 2: number. */
			throw self::invalid_argument( $name, sprintf( __( '%1$s has to be a list of at most %2$d ids with commas.', 'igny8' ), $name, $maximum ) );
		}
		return $ids;
	}

	/**
	 * Post types of this site, with commas.
	 *
	 * @param string $text Text.
	 * @param string $name Parameter.
	 * @return string[] Those that the app may publish to when it is not sent.
	 * @throws IGNY8_Exception When one is unknown.
	 */
	private static function post_types( $text, $name ) {
		$types = array_filter( explode( ',', $text ), 'strlen' );
		if ( array() === $types ) {
			return array_values( array_filter( IGNY8_Content_Types::enabled(), 'post_type_exists' ) );
		}
		foreach ( $types as $type ) {
			if ( ! post_type_exists( $type ) ) {
				/* translators: %s: post type. */
				throw self::invalid_argument( $name, sprintf( __( 'This site has no post type “%s”.', 'igny8' ), $type ) );
			}
		}
		return array_values( array_unique( $types ) );
	}

	/**
	 * The error of a parameter.
	 *
	 * @param string $field   Parameter.
	 * @param string $message Sentence.
	 * @return IGNY8_Exception
	 */
	private static function invalid_argument( $field, $message ) {
		return new IGNY8_Exception( 'BAD_REQUEST', $message, 400, null, array( 'field' => $field ) );
	}
}
