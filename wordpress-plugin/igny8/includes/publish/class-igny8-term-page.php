<?php
/**
 * The page of a term.
 *
 * @package IGNY8
 */

/**
 * Which term a content means whose post type is `term`, and the slug that it is to get.
 */
class IGNY8_Term_Page {

	const TYPE = 'term';

	/**
	 * The term that a content means: the one it was published to, or by id, slug or name.
	 *
	 * @param IGNY8_Payload            $payload Payload.
	 * @param array<string,mixed>|null $row     Claim row.
	 * @return int 0 when it is not there.
	 */
	public static function find( $payload, $row ) {
		$taxonomy = $payload->post['taxonomy'];
		$earlier  = isset( $row['result']['term_id'] ) ? (int) $row['result']['term_id'] : 0;
		if ( $earlier > 0 && get_term( $earlier, $taxonomy ) instanceof WP_Term ) {
			return $earlier;
		}
		$term = array(
			'taxonomy'    => $taxonomy,
			'name'        => $payload->post['title'],
			'slug'        => $payload->post['slug'],
			'external_id' => $payload->post['external_id'],
		);
		return ( new IGNY8_Term_Finder( array( $term ) ) )->find( $term, null );
	}

	/**
	 * The slug that a term is to get.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param int           $term_id Term; 0 for one that is to be made.
	 * @return string Empty when it keeps the one that it has: an address moves only when the app knew the term and a
	 *                person changed the slug there.
	 */
	public static function planned_slug( $payload, $term_id ) {
		$slug = 0 === $term_id ? IGNY8_Term_Finder::slug( $payload->post['slug'] ) : sanitize_title( $payload->post['slug'] );
		if ( 0 === $term_id ) {
			$slug = '' === $slug ? sanitize_title( $payload->post['title'] ) : $slug;
			$term = (object) array(
				'taxonomy' => $payload->post['taxonomy'],
				'parent'   => 0,
			);
			return '' === $slug ? '' : wp_unique_term_slug( $slug, $term );
		}
		$is_known = null !== $payload->base && '' !== $payload->base['external_id'];
		return $is_known && '' !== $slug ? wp_unique_term_slug( $slug, get_term( $term_id, $payload->post['taxonomy'] ) ) : '';
	}
}
