<?php
/**
 * What was published here, for people.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- the name of our table.

/**
 * Counts and recent rows of the claim table.
 */
class IGNY8_Activity {

	/**
	 * How many contents are live, at work and planned.
	 *
	 * @return array{managed:int,pending:int,scheduled:int} Posts and terms managed, claims of runs at work, posts with a
	 *                                                      date to come.
	 */
	public static function counts() {
		global $wpdb;
		$map    = IGNY8_Tables::map();
		$counts = array(
			'managed'   => $wpdb->get_var( "SELECT COUNT(*) FROM $map WHERE published_at > 0" ),
			'pending'   => $wpdb->get_var( "SELECT COUNT(*) FROM $map WHERE state = 'claimed'" ),
			'scheduled' => $wpdb->get_var( "SELECT COUNT(*) FROM $map m JOIN {$wpdb->posts} p ON p.ID = m.post_id WHERE p.post_status = 'future'" ),
		);
		return array_map( 'intval', $counts );
	}

	/**
	 * The contents that something happened to last.
	 *
	 * @param int $limit How many.
	 * @return array<int,array{title:string,link:string,type:string,state:string,at:int}> State is one of published,
	 *                   scheduled, claimed, private, draft, trash, missing; at in Unix seconds.
	 */
	public static function recent( $limit ) {
		global $wpdb;
		$map  = IGNY8_Tables::map();
		$rows = array();
		foreach ( array( 'claimed', 'published' ) as $state ) {
			$more = $wpdb->get_results( $wpdb->prepare( "SELECT content_id, post_id, state, IF(state = 'published', published_at, heartbeat) AS at, IF(post_id = 0, result, NULL) AS result FROM $map WHERE state = %s ORDER BY heartbeat DESC LIMIT %d", $state, $limit ) );
			$rows = array_merge( $rows, $more );
		}
		usort(
			$rows,
			static function ( $first, $second ) {
				return (int) $second->at - (int) $first->at;
			}
		);
		$rows = array_slice( $rows, 0, $limit );
		_prime_post_caches( array_filter( array_map( 'intval', wp_list_pluck( $rows, 'post_id' ) ) ), false, false );
		return array_map( array( __CLASS__, 'describe' ), $rows );
	}

	/**
	 * A row for people.
	 *
	 * @param object $row Row of the claim table.
	 * @return array<string,mixed>
	 */
	private static function describe( $row ) {
		$entry  = array(
			/* translators: %s: id of a content in the app. */
			'title' => sprintf( __( 'Content %s', 'igny8' ), $row->content_id ),
			'link'  => '',
			'type'  => '',
			'state' => 'claimed' === $row->state ? 'claimed' : 'missing',
			'at'    => (int) $row->at,
		);
		$result = null === $row->result ? null : json_decode( $row->result, true );
		$post   = (int) $row->post_id > 0 ? get_post( (int) $row->post_id ) : null;
		if ( isset( $result['term_id'], $result['taxonomy'] ) ) {
			return array_merge( $entry, self::term( (int) $result['term_id'], $result['taxonomy'], $row->state ) );
		}
		if ( null === $post ) {
			return $entry;
		}
		$names = array(
			'publish' => 'published',
			'future'  => 'scheduled',
		);
		$state = isset( $names[ $post->post_status ] ) ? $names[ $post->post_status ] : $post->post_status;
		$type  = get_post_type_object( $post->post_type );
		return array_merge(
			$entry,
			array(
				'title' => '' === $post->post_title ? __( '(no title)', 'igny8' ) : $post->post_title,
				'link'  => (string) get_edit_post_link( $post, 'raw' ),
				'type'  => null === $type ? $post->post_type : $type->labels->singular_name,
				'state' => 'claimed' === $row->state ? 'claimed' : $state,
			)
		);
	}

	/**
	 * The page of a term for people.
	 *
	 * @param int    $term_id  Term.
	 * @param string $taxonomy Taxonomy.
	 * @param string $state    State of the claim.
	 * @return array<string,mixed>
	 */
	private static function term( $term_id, $taxonomy, $state ) {
		$term = get_term( $term_id, $taxonomy );
		if ( ! $term instanceof WP_Term ) {
			return array();
		}
		return array(
			'title' => wp_specialchars_decode( $term->name, ENT_QUOTES ),
			'link'  => (string) get_edit_term_link( $term_id, $taxonomy ),
			'type'  => get_taxonomy( $taxonomy )->labels->singular_name,
			'state' => $state,
		);
	}
}
