<?php
/**
 * The route pull-updates.
 *
 * @package IGNY8
 */

/**
 * Gives the app the events that are due, for sites that cannot call out, and forgets those that it names.
 */
class IGNY8_Pull_Updates {

	const LIMIT = 50;
	const MOST  = 100;

	/**
	 * Gives them.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When a parameter is not as the contract says.
	 */
	public static function run( $request ) {
		$limit = '' === $request->parameter( 'limit' ) ? self::LIMIT : (int) $request->parameter( 'limit' );
		if ( $limit < 1 || $limit > self::MOST ) {
			IGNY8_Payload::refuse( 'limit' );
		}
		$acknowledged = self::acknowledge( array_filter( explode( ',', $request->parameter( 'ack' ) ), 'strlen' ) );
		$claim        = bin2hex( random_bytes( 16 ) );
		$state        = IGNY8_Outbox_State::read();
		// One more than asked for tells whether there are more.
		$rows   = IGNY8_Outbox::claim_for_pull( $claim, $limit + 1, $state['floor'] );
		$more   = count( $rows ) > $limit;
		$events = array();
		$page   = new IGNY8_Outbox_Events( array_slice( $rows, 0, $limit ) );
		IGNY8_Outbox::drop( $claim, $page->echoes );
		if ( array() !== $rows ) {
			IGNY8_Outbox_State::write( array( 'floor' => max( $state['floor'], (int) max( array_column( $rows, 'sequence' ) ) ) ) );
		}
		foreach ( IGNY8_Outbox::mark_sent( $claim, array_keys( $page->json ) ) as $token ) {
			$events[] = json_decode( $page->json[ $token ] );
		}
		$more        = $more || array() !== $page->left;
		$next_due_in = IGNY8_Outbox::next_due_in();
		$links       = IGNY8_Permalinks::made_of();
		// Who calls out needs the app's address, and a save does not wait for a name server.
		IGNY8_App_Address::refresh();
		return compact( 'acknowledged', 'events', 'more', 'next_due_in', 'links' );
	}

	/**
	 * Forgets what the app has.
	 *
	 * @param string[] $tokens Tokens.
	 * @return int How many were there.
	 * @throws IGNY8_Exception When they are none, or too many.
	 */
	private static function acknowledge( $tokens ) {
		if ( count( $tokens ) > self::MOST || array() !== preg_grep( '/^[0-9a-f]{32}\z/', $tokens, PREG_GREP_INVERT ) ) {
			IGNY8_Payload::refuse( 'ack' );
		}
		$done = IGNY8_Outbox::acknowledge( $tokens );
		if ( $done > 0 ) {
			IGNY8_Outbox_State::write( array( 'delivered_at' => IGNY8_Outbox::now() ) );
		}
		return $done;
	}
}
