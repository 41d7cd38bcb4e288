<?php
/**
 * The state that the app knew when it sent a publish.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Stops a publish that would overwrite what somebody did in WordPress since: the contract's `base`.
 *
 * What the app itself published is no edit, nor is what another plugin made of it while saving: both are known from the
 * claim. What a publish does not write (the date; slug, author, parent and template that are not sent; terms that were
 * added) stays as it is in WordPress, and is no reason to stop.
 */
class IGNY8_Base {

	/**
	 * Written by each publish; the others only when they are sent.
	 */
	const ALWAYS = array( 'title', 'content', 'excerpt', 'status', 'seo', 'relations' );

	/**
	 * Fields of the payload's post that are written only when they are sent.
	 */
	const WHEN_SENT = array(
		'slug'     => 'slug',
		'author'   => 'author_email',
		'parent'   => 'parent',
		'template' => 'template',
	);

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * Claim row.
	 *
	 * @var array<string,mixed>
	 */
	private $row;

	/**
	 * Takes what it compares.
	 *
	 * @param IGNY8_Payload            $payload Payload.
	 * @param array<string,mixed>|null $row     Claim row.
	 */
	public function __construct( $payload, $row ) {
		$this->payload = $payload;
		$this->row     = (array) $row;
	}

	/**
	 * Raises when a post is not what the app knew.
	 *
	 * @param WP_Post|null $existing Post that would be updated.
	 * @param bool         $lock     Whether to keep others from changing it until the transaction ends.
	 * @throws IGNY8_Exception When it is not.
	 */
	public function refuse_edited_post( $existing, $lock = false ) {
		global $wpdb;
		if ( null === $this->payload->base ) {
			return;
		}
		$post_id = null === $existing ? 0 : $existing->ID;
		$status  = 0 === $post_id ? null : $wpdb->get_var( $wpdb->prepare( "SELECT post_status FROM {$wpdb->posts} WHERE ID = %d" . ( $lock ? ' FOR UPDATE' : '' ), $post_id ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		if ( null === $status ) {
			$this->refuse_deleted();
		} elseif ( 'trash' === $status ) {
			if ( 'trash' !== $this->payload->base['gone'] ) {
				throw $this->conflict( 'trash', array( 'status' ) );
			}
		} else {
			$this->refuse_other_type( $existing->post_type );
			$rows = IGNY8_Post_Rows::read( array( $post_id ) );
			if ( isset( $rows[ $post_id ] ) ) {
				$this->compare( IGNY8_Post_Item::marks( $rows[ $post_id ] ), $rows[ $post_id ], $rows[ $post_id ]['post']->post_modified_gmt );
			}
		}
	}

	/**
	 * Raises when a post got another type since our last publish, unless that was told to a person already.
	 *
	 * @param string $type Type.
	 * @throws IGNY8_Exception When it did.
	 */
	private function refuse_other_type( $type ) {
		$last = isset( $this->row['result']['post_type'] ) ? $this->row['result']['post_type'] : $type;
		if ( $last !== $type && '' === $this->payload->base['looked'] ) {
			throw $this->conflict( 'type', array( 'type' ) );
		}
	}

	/**
	 * Raises when the page of a term is not what the app knew.
	 *
	 * @param int  $term_id Term that would be updated, or 0.
	 * @param bool $lock    Whether to keep others from changing it until the transaction ends.
	 * @throws IGNY8_Exception When it is not.
	 */
	public function refuse_edited_term( $term_id, $lock = false ) {
		global $wpdb;
		if ( null === $this->payload->base ) {
			return;
		}
		if ( $lock && $term_id > 0 ) {
			$wpdb->get_var( $wpdb->prepare( "SELECT term_id FROM {$wpdb->term_taxonomy} WHERE term_id = %d AND taxonomy = %s FOR UPDATE", $term_id, $this->payload->post['taxonomy'] ) );
		}
		$marks = 0 === $term_id ? null : IGNY8_Term_Item::marks( $term_id, $this->payload->post['taxonomy'] );
		if ( null === $marks ) {
			$this->refuse_deleted();
			return;
		}
		if ( array() === $this->known_states() ) {
			$this->refuse_unknown_term( $term_id, $marks );
			return;
		}
		$this->compare( $marks, null, '' );
	}

	/**
	 * Raises when a term that nobody told the app of has a text or SEO fields: an empty one is taken as it is.
	 *
	 * @param int                  $term_id Term.
	 * @param array<string,string> $current What tells its state.
	 * @throws IGNY8_Exception When it has.
	 */
	private function refuse_unknown_term( $term_id, $current ) {
		$filled_parts = array();
		if ( ! IGNY8_Parts::has( $current['parts'], 'content', '' ) && ! IGNY8_Parts::has( $current['parts'], 'content', $this->payload->post['content'] ) ) {
			$filled_parts[] = 'content';
		}
		if ( ! IGNY8_Parts::has( $current['parts'], 'seo', IGNY8_Seo_Reader::of_term( array(), 'none' ) ) ) {
			$filled_parts[] = 'seo';
		}
		if ( array() !== $filled_parts ) {
			throw $this->conflict( 'edited', $filled_parts, $current + array( 'term_id' => $term_id ) );
		}
	}

	/**
	 * Raises when somebody changed what a publish writes beside the post, unless that was told to a person already.
	 *
	 * @param bool $texts   Whether texts of images were changed in the media library that changed in the app, too.
	 * @param bool $gallery Whether the gallery post was changed.
	 * @throws IGNY8_Exception When somebody did.
	 */
	public function refuse_edited_beside( $texts, $gallery ) {
		if ( null !== $this->payload->base && '' === $this->payload->base['looked'] && ( $texts || $gallery ) ) {
			throw $this->conflict( 'beside', array_keys( array_filter( compact( 'texts', 'gallery' ) ) ) );
		}
	}

	/**
	 * There is no such object: right when it was never there, or the app knows that it is gone.
	 *
	 * @throws IGNY8_Exception When the app knew it.
	 */
	private function refuse_deleted() {
		$base = $this->payload->base;
		if ( '' !== $base['external_id'] && '' === $base['gone'] && 'new' !== $base['adopt'] ) {
			throw $this->conflict( 'deleted', array( 'status' ) );
		}
	}

	/**
	 * Compares what is there with what the app knew.
	 *
	 * @param array<string,string>     $current  What tells the state.
	 * @param array<string,mixed>|null $row      Post with its terms (IGNY8_Post_Rows), or null for a term.
	 * @param string                   $modified When it was changed, as MySQL writes it, or empty.
	 * @throws IGNY8_Exception When something differs that this publish would write.
	 */
	private function compare( $current, $row, $modified ) {
		$fewest = null;
		foreach ( $this->known_states() as $known_state ) {
			$changed = $this->overwritten( $this->differing( $known_state, $current ), $row, $current );
			$fewest  = null === $fewest || count( $changed ) < count( $fewest ) ? $changed : $fewest;
		}
		$fewest  = null === $fewest ? array( 'content' ) : $fewest;
		$missing = null === $row ? array() : $this->missing_terms( $row['terms'] );
		if ( array() !== $missing ) {
			$fewest[] = 'terms';
		}
		if ( array() !== $fewest ) {
			throw $this->conflict( 'edited', $fewest, $current, $modified );
		}
	}

	/**
	 * The states that are nobody's edit: the one that the app names, and what our last publish left, if the app has not
	 * heard of anything newer than that.
	 *
	 * @return array<int,array{content_hash:string,state_hash:string,parts:string}>
	 */
	private function known_states() {
		$base   = $this->payload->base;
		$marks  = array_fill_keys( array( 'content_hash', 'state_hash', 'parts' ), '' );
		$states = '' === $base['content_hash'] && '' === $base['parts'] ? array() : array( $base );
		if ( ! isset( $this->row['result']['content_hash'] ) ) {
			return $states;
		}
		$answer           = array_intersect_key( $this->row['result'], $marks ) + $marks;
		$published_states = array( $answer );
		if ( '' !== $this->row['settled'] ) {
			list( $content_hash, $parts ) = explode( ':', $this->row['settled'] );
			$published_states[]           = array(
				'content_hash' => $content_hash,
				'state_hash'   => '',
				'parts'        => $parts,
			);
		}
		$is_answer = $base['parts'] === $answer['parts'] && $base['content_hash'] === $answer['content_hash'];
		// An answer that was lost on its way is not known to the app: it names an older run, or none.
		return $is_answer || $base['run_id'] !== $this->row['done_run_id'] ? array_merge( $states, $published_states ) : $states;
	}

	/**
	 * Names of the parts that differ.
	 *
	 * @param array<string,string> $known_state Known.
	 * @param array<string,string> $current     Now.
	 * @return string[]
	 */
	private function differing( $known_state, $current ) {
		if ( '' !== $known_state['parts'] ) {
			return IGNY8_Parts::differing( $known_state['parts'], $current['parts'] );
		}
		// An app that has not heard of this object since parts are told.
		$names = $known_state['content_hash'] === $current['content_hash'] ? array() : array( 'content' );
		if ( '' !== $known_state['state_hash'] && isset( $current['state_hash'] ) && $known_state['state_hash'] !== $current['state_hash'] ) {
			$names[] = 'seo';
		}
		return $names;
	}

	/**
	 * Those of the parts that this publish would write.
	 *
	 * @param string[]                 $names Parts that differ.
	 * @param array<string,mixed>|null $row   Post, or null for a term.
	 * @param array<string,string>     $now   What tells the state.
	 * @return string[]
	 */
	private function overwritten( $names, $row, $now ) {
		$written = self::ALWAYS;
		foreach ( self::WHEN_SENT as $name => $field ) {
			if ( isset( $this->payload->post[ $field ] ) && '' !== $this->payload->post[ $field ] ) {
				$written[] = $name;
			}
		}
		if ( null !== $row && $this->writes_featured_image( $row ) ) {
			$written[] = 'featured_image';
		}
		$names = array_intersect( $names, $written );
		// The clock publishes what was planned; nobody edits that.
		if ( in_array( 'status', $names, true ) && IGNY8_Parts::has( $now['parts'], 'status', 'publish' ) && IGNY8_Parts::has( $this->payload->base['parts'], 'status', 'future' ) ) {
			$names = array_diff( $names, array( 'status' ) );
		}
		return array_values( $this->without_removed_data( $names, $row, $now ) );
	}

	/**
	 * Without what went with our own tables: deleting the plugin's data takes our fields away, and no person did that.
	 *
	 * @param string[]                 $names Parts.
	 * @param array<string,mixed>|null $row   Post, or null for a term.
	 * @param array<string,string>     $now   What tells the state.
	 * @return string[]
	 */
	private function without_removed_data( $names, $row, $now ) {
		if ( ! empty( $this->row['done_run_id'] ) ) {
			return $names;
		}
		$names = array_diff( $names, array( 'relations' ) );
		$none  = IGNY8_Seo_Reader::of_term( array(), 'none' );
		return IGNY8_Parts::has( $now['parts'], 'seo', $none ) ? array_diff( $names, array( 'seo' ) ) : $names;
	}

	/**
	 * Whether a publish would set or take away the featured image.
	 *
	 * @param array<string,mixed> $row Post.
	 * @return bool
	 */
	private function writes_featured_image( $row ) {
		$featured_id = isset( $row['meta']['_thumbnail_id'] ) ? (int) $row['meta']['_thumbnail_id'] : 0;
		$earlier_ids = isset( $this->row['attachments'] ) ? array_column( $this->row['attachments'], 'id' ) : array();
		return in_array( 'featured', array_column( $this->payload->images, 'role' ), true ) || in_array( $featured_id, $earlier_ids, true );
	}

	/**
	 * Terms that the app knew the post to have and would assign again, and that somebody took away.
	 *
	 * @param array<string,int[]> $assigned_ids Terms of the post.
	 * @return int[]
	 */
	private function missing_terms( $assigned_ids ) {
		$missing = array();
		foreach ( $this->payload->terms as $term ) {
			$id        = (int) $term['external_id'];
			$known_ids = isset( $this->payload->base['terms'][ $term['taxonomy'] ] ) ? $this->payload->base['terms'][ $term['taxonomy'] ] : array();
			if ( $id > 0 && in_array( $id, $known_ids, true ) && ! in_array( $id, isset( $assigned_ids[ $term['taxonomy'] ] ) ? $assigned_ids[ $term['taxonomy'] ] : array(), true ) && term_exists( $id, $term['taxonomy'] ) ) {
				$missing[] = $id;
			}
		}
		return $missing;
	}

	/**
	 * The error, with what is there now.
	 *
	 * @param string                   $state    One of edited, beside, trash and deleted.
	 * @param string[]                 $fields   Parts that differ.
	 * @param array<string,mixed>|null $now      What tells the state, and the term if the app does not know it.
	 * @param string                   $modified When it was changed, as MySQL writes it, or empty.
	 * @return IGNY8_Exception
	 */
	private function conflict( $state, $fields, $now = null, $modified = '' ) {
		$messages = array(
			'edited'  => __( 'It was changed in WordPress since the app last heard of it. Nothing was overwritten.', 'igny8' ),
			'beside'  => __( 'The texts of an image, or the gallery post, were changed in WordPress and in the app. Nothing was overwritten.', 'igny8' ),
			'type'    => __( 'It was made content of another type in WordPress, as a page of a post. Nothing was overwritten.', 'igny8' ),
			'trash'   => __( 'The post is in the trash in WordPress.', 'igny8' ),
			'deleted' => __( 'It was deleted in WordPress.', 'igny8' ),
		);
		$present  = array_merge(
			array(
				'state'        => $state,
				'fields'       => array_values( array_unique( $fields ) ),
				'modified_utc' => '' === $modified ? null : IGNY8_Text::utc( $modified, '' ),
			),
			(array) $now
		);
		return new IGNY8_Exception( 'CONFLICT', $messages[ $state ], 409, 'claim', compact( 'present' ) );
	}
}
