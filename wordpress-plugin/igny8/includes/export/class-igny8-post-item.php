<?php
/**
 * A post as the app sees it.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * The contract's items of "GET posts", and the two hashes that tell whether one changed.
 */
class IGNY8_Post_Item {

	/**
	 * Items of posts, in the order of their ids.
	 *
	 * @param int[] $ids Post ids; those that are not there, or in the trash, are left out.
	 * @return array<int,array<string,mixed>> By post id.
	 */
	public static function make( array $ids ): array {
		$rows    = IGNY8_Post_Rows::read( $ids );
		$authors = self::authors( $rows );
		$images  = self::images( $rows );
		$links   = IGNY8_Permalinks::of( array_column( $rows, 'post' ) );
		$items   = array();
		foreach ( $rows as $id => $row ) {
			$post  = $row['post'];
			$texts = array( $post->post_title, $post->post_content, $post->post_excerpt );
			$state = self::hashed_state( $row );
			$coded = self::encode( $state );
			$image = $state['featured_image'];
			$item  = array(
				'id'             => $id,
				'title'          => $texts[0],
				'content'        => $texts[1],
				'excerpt'        => $texts[2],
				'permalink'      => $links[ $id ],
				'modified_utc'   => IGNY8_Text::utc( $post->post_modified_gmt, $post->post_modified ),
				'author'         => isset( $authors[ $state['author'] ] ) ? $authors[ $state['author'] ] : null,
				'featured_image' => isset( $images[ $image ] ) ? $images[ $image ] : null,
				'content_id'     => $row['content_id'],
				'task_id'        => self::id_or_null( self::own_meta( $row ), '_igny8_task_id' ),
				'run_id'         => $row['run_id'],
				'content_hash'   => IGNY8_Status::content_hash( ...$texts ),
				'state_hash'     => IGNY8_Signing::sha256( $coded[0] ),
				'parts'          => self::parts( $post, $state ),
			) + $state;
			if ( $coded[1] || array( true ) !== array_unique( array_map( array( 'IGNY8_Text', 'is_utf8' ), $texts ) ) ) {
				$item           = IGNY8_Text::mend_all( $item );
				$item['mended'] = true;
			}
			$item['terms'] = (object) $item['terms'];
			$items[ $id ]  = $item;
		}
		return $items;
	}

	/**
	 * What tells the state of a post that was just read.
	 *
	 * @param array<string,mixed> $row Of IGNY8_Post_Rows.
	 * @return array{content_hash:string,state_hash:string,parts:string}
	 */
	public static function marks( array $row ): array {
		$post  = $row['post'];
		$state = self::hashed_state( $row );
		return array(
			'content_hash' => IGNY8_Status::content_hash( $post->post_title, $post->post_content, $post->post_excerpt ),
			'state_hash'   => IGNY8_Signing::sha256( self::encode( $state )[0] ),
			'parts'        => self::parts( $post, $state ),
		);
	}

	/**
	 * What is stored of a post beside its texts, as its item tells it.
	 *
	 * @param array<string,mixed> $row Of IGNY8_Post_Rows.
	 * @return array<string,mixed>
	 */
	public static function small_fields( array $row ): array {
		$state  = self::hashed_state( $row );
		$author = get_userdata( $state['author'] );
		return array( 'author_email' => false === $author ? '' : $author->user_email ) + array_intersect_key( $state, array_flip( array( 'parent', 'template', 'featured_image', 'seo', 'terms' ) ) );
	}

	/**
	 * The contract's `parts` of a post.
	 *
	 * @param object              $post  Row of the post.
	 * @param array<string,mixed> $state Its state.
	 * @return string
	 */
	private static function parts( $post, $state ) {
		return IGNY8_Parts::of(
			array(
				'title'   => $post->post_title,
				'content' => $post->post_content,
				'excerpt' => $post->post_excerpt,
			) + $state
		);
	}

	/**
	 * The hashes of posts, in the order of their ids.
	 *
	 * @param int[] $ids Post ids; those that are not there, or in the trash, are left out.
	 * @return array<int,array{0:int,1:string,2:string,3:?string}> Post id, content hash, state hash, content id.
	 */
	public static function all_hashes( array $ids ): array {
		$items = array();
		foreach ( IGNY8_Post_Rows::read( $ids ) as $id => $row ) {
			$post    = $row['post'];
			$items[] = array( $id, IGNY8_Status::content_hash( $post->post_title, $post->post_content, $post->post_excerpt ), IGNY8_Signing::sha256( self::encode( self::hashed_state( $row ) )[0] ), $row['content_id'] );
		}
		return $items;
	}

	/**
	 * What the state hash covers. Author and image stand by their ids: a person's new name, or an address that moved,
	 * is no change of all their posts.
	 *
	 * @param array<string,mixed> $row Of IGNY8_Post_Rows.
	 * @return array<string,mixed>
	 */
	private static function hashed_state( $row ) {
		$post     = $row['post'];
		$meta     = $row['meta'];
		$own_meta = self::own_meta( $row );
		$template = isset( $meta['_wp_page_template'] ) ? $meta['_wp_page_template'] : '';
		$is_dated = ! in_array( $post->post_status, array( 'draft', 'pending' ), true );
		return array(
			'type'           => $post->post_type,
			'status'         => $post->post_status,
			'slug'           => $post->post_name,
			'date_utc'       => IGNY8_Text::utc( $post->post_date_gmt, $is_dated ? $post->post_date : '' ),
			'author'         => (int) $post->post_author,
			'parent'         => (int) $post->post_parent,
			'template'       => 'default' === $template ? '' : $template,
			'featured_image' => isset( $meta['_thumbnail_id'] ) ? (int) $meta['_thumbnail_id'] : 0,
			'terms'          => $row['terms'],
			'seo'            => $row['seo'],
			'relations'      => array(
				'cluster_id'  => self::id_or_null( $own_meta, '_igny8_cluster_id' ),
				'sector_id'   => self::id_or_null( $own_meta, '_igny8_sector_id' ),
				'keyword_ids' => self::id_list( $own_meta, '_igny8_keyword_ids' ),
			),
		);
	}

	/**
	 * The meta with ids of the app: none of a post that no publish of ours has written. The old plugin's ids have the
	 * same keys, and mean other things.
	 *
	 * @param array<string,mixed> $row Of IGNY8_Post_Rows.
	 * @return array<string,string>
	 */
	private static function own_meta( $row ) {
		return null === $row['run_id'] ? array() : $row['meta'];
	}

	/**
	 * The state as the text that is hashed.
	 *
	 * @param array<string,mixed> $state State.
	 * @return array{0:string,1:bool} JSON, and whether it had to be mended.
	 */
	private static function encode( $state ) {
		// A taxonomy without terms may be one that was registered yesterday.
		$state['terms'] = array_filter( $state['terms'] );
		ksort( $state['terms'] );
		$flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
		$json  = json_encode( $state, $flags ); // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode -- it mends by itself, and is not to tell.
		return false === $json ? array( (string) wp_json_encode( $state, $flags | JSON_INVALID_UTF8_SUBSTITUTE ), true ) : array( $json, false );
	}

	/**
	 * Authors of posts.
	 *
	 * @param array<int,array<string,mixed>> $rows Posts.
	 * @return array<int,array{id:int,email:string,name:string}> By user id.
	 */
	private static function authors( $rows ) {
		global $wpdb;
		$ids = array();
		foreach ( $rows as $row ) {
			$ids[ (int) $row['post']->post_author ] = true;
		}
		$authors = array();
		if ( array() === $ids ) {
			return $authors;
		}
		$list = implode( ',', array_keys( $ids ) );
		foreach ( $wpdb->get_results( "SELECT ID, user_email, display_name FROM {$wpdb->users} WHERE ID IN ($list)" ) as $user ) { // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
			$authors[ (int) $user->ID ] = array(
				'id'    => (int) $user->ID,
				'email' => IGNY8_Text::valid_utf8( $user->user_email ),
				'name'  => IGNY8_Text::valid_utf8( $user->display_name ),
			);
		}
		return $authors;
	}

	/**
	 * Featured images of posts.
	 *
	 * @param array<int,array<string,mixed>> $rows Posts.
	 * @return array<int,array{attachment_id:int,url:string,alt:string}> By attachment id.
	 */
	private static function images( $rows ) {
		$ids = array();
		foreach ( $rows as $row ) {
			$ids[] = isset( $row['meta']['_thumbnail_id'] ) ? (int) $row['meta']['_thumbnail_id'] : 0;
		}
		$ids = array_unique( array_filter( $ids ) );
		_prime_post_caches( $ids, false, true );
		$images = array();
		foreach ( $ids as $id ) {
			$url = wp_get_attachment_url( $id );
			if ( false !== $url ) {
				$images[ $id ] = array(
					'attachment_id' => $id,
					'url'           => IGNY8_Text::valid_utf8( $url ),
					'alt'           => IGNY8_Text::valid_utf8( (string) get_post_meta( $id, '_wp_attachment_image_alt', true ) ),
				);
			}
		}
		return $images;
	}

	/**
	 * An id in a meta value.
	 *
	 * @param array<string,string> $meta Meta of a post.
	 * @param string               $key  Key.
	 * @return string|null
	 */
	private static function id_or_null( $meta, $key ) {
		return isset( $meta[ $key ] ) && '' !== $meta[ $key ] ? $meta[ $key ] : null;
	}

	/**
	 * Ids in a meta value.
	 *
	 * @param array<string,string> $meta Meta of a post.
	 * @param string               $key  Key.
	 * @return string[]
	 */
	private static function id_list( $meta, $key ) {
		$text = isset( $meta[ $key ] ) ? $meta[ $key ] : '';
		return array_values( array_filter( array_map( 'trim', explode( ',', $text ) ), 'strlen' ) );
	}
}
